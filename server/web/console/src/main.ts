// Starts the console.

import '@twinline/ui/tokens.css';
import '@twinline/ui/base.css';
import './console.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
